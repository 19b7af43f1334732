// Package audit is the record: an append-only log of what was decided and done,
// which somebody else can check on their own machine, offline, without trusting
// the machine that wrote it.
//
// The format is specified in docs/record-format.md, well enough to write another
// verifier from it; testdata/vectors holds examples.
//
// # What it is made of
//
// An entry is canonical JSON (RFC 8785) of at most 65,535 bytes. Its leaf hash
// is a leaf of a Merkle tree as in RFC 6962. A [Checkpoint] is the tree's root at
// one size as a C2SP signed note. An evidence pack is one file with a checkpoint,
// all leaf hashes, and the text of the entries that were chosen.
//
// Personal values and large payloads do not stand in entries. In their place
// stands a commitment, HMAC-SHA256 with a random salt; salt and value lie beside
// the entry ([Opening]) and can be erased without touching a hash.
//
// # No change without a record
//
// [Log.AppendIntent] is the only source of a valid [Receipt], and gives it only
// after the store said that the entry is on disk. The entry names the request
// itself, in a member that no caller can write. A receipt lets that one request
// be sent once.
//
// # What it trusts
//
// The [Store] to keep its promises about durability; the signing key to be
// known to its owner only; the clock to be roughly right (times are stated, not
// proven); the random source. It does not trust what the store returns: on opening,
// the edge of the tree is computed again and compared with the newest checkpoint,
// and reading compares every value with its commitment. A pack is trusted in
// nothing.
//
// # What it never does
//
// It never changes or removes an entry, appends to a record that does not hold,
// repairs one, repeats a failed commit by itself, speaks to a network or a
// database, writes a file, or puts a key into an error.
//
// # After a crash
//
// A commit is all or nothing. After one that failed, the log assumes neither: it
// reads the edge again before the next append. An intent may then be in the
// record although its caller got no receipt, and nothing was sent for it.
//
// # What it protects against
//
// An edited, dropped, inserted or swapped entry, a changed value, and a changed
// pack are found by the verifier. A cut tail, a rewritten history and another
// signer are found by a verifier that holds an earlier checkpoint or the key.
//
// # What it does not protect against
//
// Whoever holds the key and the file can write what is untrue, or leave out what
// happened, before a checkpoint leaves the machine. They can rewrite everything
// after the last checkpoint that somebody else holds. Who never saw the key or a
// checkpoint on another way learns that a pack is consistent, not whose it is.
// Erasing is not hiding: who has an older pack has the value.
package audit
