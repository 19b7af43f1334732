// A SCIM 2.0 server for tests: scimmy's protocol over a store in memory.
//
// The bearer token is the first line of standard input, so that it stands in no
// argument and no environment. When standard input ends, the server ends: a
// test that dies leaves nothing behind. The only line on standard output is
// {"url": the SCIM base, "admin": the side channel}; both listen on loopback.
//
// Side channel, without a token: GET /state returns what is stored and which
// requests were served; PUT /state replaces what is stored.
import { timingSafeEqual } from "node:crypto";
import { createInterface } from "node:readline";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";
import { Store } from "./store.mjs";

const store = new Store();
const requests = [];

SCIMMY.Resources.declare(SCIMMY.Resources.User)
  .extend(SCIMMY.Schemas.EnterpriseUser, false)
  .ingress((resource, data) => written(resource, store.putUser(resource.id, data)))
  .egress((resource) => read(resource, () => store.users(), (id) => store.user(id)))
  .degress((resource) => gone(resource, store.deleteUser(resource.id)));
SCIMMY.Resources.declare(SCIMMY.Resources.Group)
  .ingress((resource, data) => written(resource, store.putGroup(resource.id, data)))
  .egress((resource) => read(resource, () => store.groups(), (id) => store.group(id)))
  .degress((resource) => gone(resource, store.deleteGroup(resource.id)));

function read(resource, all, one) {
  if (!resource.id) return resource.filter ? resource.filter.match(all()) : all();
  const found = one(resource.id);
  if (!found) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
  return found;
}

function written(resource, stored) {
  if (!stored) throw new SCIMMY.Types.Error(409, "uniqueness", "userName is taken");
  return stored;
}

function gone(resource, existed) {
  if (!existed) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
}

function scimApp(token) {
  const app = express();
  app.disable("x-powered-by");
  app.use((req, res, next) => {
    const entry = { method: req.method, path: req.originalUrl, status: 0 };
    requests.push(entry);
    res.on("close", () => (entry.status = res.statusCode));
    next();
  });
  app.use("/scim/v2", new SCIMMYRouters({ type: "bearer", handler: (req) => authenticated(req, token) }));
  return app;
}

function authenticated(req, token) {
  const given = Buffer.from(req.header("Authorization") ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw new Error("Authorization not accepted");
  return "test";
}

function adminApp() {
  const app = express();
  app.use(express.json({ limit: "256mb" }));
  app.get("/state", (req, res) => res.json({ ...store.dump(), requests }));
  app.put("/state", (req, res) => {
    store.seed(req.body);
    requests.length = 0;
    res.status(204).end();
  });
  return app;
}

function listen(app) {
  return new Promise((resolve, reject) => {
    const server = app.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`));
    server.on("error", reject);
  });
}

const input = createInterface({ input: process.stdin });
input.once("line", async (token) => {
  const [scim, admin] = await Promise.all([listen(scimApp(token)), listen(adminApp())]);
  console.log(JSON.stringify({ url: `${scim}/scim/v2`, admin }));
});
input.once("close", () => process.exit(0));
