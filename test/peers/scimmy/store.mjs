// The memory behind the server: users and groups by id, in insertion order.
// Resources go in and come out as copies, so that nobody holds what is stored.
import { randomUUID } from "node:crypto";

export class Store {
  #users = new Map();
  #groups = new Map();

  /** Replaces everything. Resources without an id get one. */
  seed({ users = [], groups = [] }) {
    this.#users = byId(users);
    this.#groups = byId(groups);
  }

  /** Everything as it is stored, without what is computed on the way out. */
  dump() {
    return structuredClone({ users: [...this.#users.values()], groups: [...this.#groups.values()] });
  }

  users() {
    const memberships = this.#memberships();
    return [...this.#users.values()].map((user) => withGroups(user, memberships));
  }

  user(id) {
    const found = this.#users.get(id);
    return found && withGroups(found, this.#memberships());
  }

  groups() {
    return structuredClone([...this.#groups.values()]);
  }

  group(id) {
    return structuredClone(this.#groups.get(id));
  }

  putUser(id, data) {
    const taken = [...this.#users.values()].some((other) => other.id !== id && same(other.userName, data.userName));
    if (taken) return undefined;
    const { groups: _computed, ...attributes } = data;
    return this.user(put(this.#users, id, attributes));
  }

  putGroup(id, data) {
    return this.group(put(this.#groups, id, data));
  }

  /** Tells whether there was such a user; its memberships go with it. */
  deleteUser(id) {
    for (const group of this.#groups.values()) {
      group.members = (group.members ?? []).filter((member) => member.value !== id);
    }
    return this.#users.delete(id);
  }

  deleteGroup(id) {
    return this.#groups.delete(id);
  }

  #memberships() {
    const of = new Map();
    for (const group of this.#groups.values()) {
      for (const { value } of group.members ?? []) {
        if (!of.has(value)) of.set(value, []);
        of.get(value).push({ value: group.id, display: group.displayName, type: "direct" });
      }
    }
    return of;
  }
}

function byId(resources) {
  const now = new Date().toISOString();
  return new Map(
    resources.map((resource) => {
      const id = resource.id ?? randomUUID();
      return [id, structuredClone({ meta: { created: now, lastModified: now }, ...resource, id })];
    }),
  );
}

function put(map, id, data) {
  const now = new Date().toISOString();
  const before = id === undefined ? undefined : map.get(id);
  const key = id ?? randomUUID();
  const meta = { created: before?.meta.created ?? now, lastModified: now };
  map.set(key, { ...JSON.parse(JSON.stringify(data)), id: key, meta });
  return key;
}

function withGroups(user, memberships) {
  return structuredClone({ ...user, groups: memberships.get(user.id) ?? [] });
}

function same(a, b) {
  return String(a).toLowerCase() === String(b).toLowerCase();
}
