/* Answers on their way to the server. Each is stored in IndexedDB before it is sent and removed only
   when the server has confirmed or refused it, so a closed tab, a crash or a lost connection loses none.
   Replays carry the same submission_key: the server stores it once however often it arrives.

   An entry: { key: submission_key, rater, url, fields: {name: string}, queuedAt: ms since the epoch }. */

import { post, Refused } from "./http.js";

const STORE = "answers";

function promised(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function store(mode, action) {
  const opening = indexedDB.open("labelhub-outbox", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "key" });
  const database = await promised(opening);
  try {
    const transaction = database.transaction(STORE, mode);
    const committed = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const result = await promised(action(transaction.objectStore(STORE)));
    await committed;
    return result;
  } finally {
    database.close();
  }
}

export class Outbox {
  /* Only this rater's answers are ever sent: another account on the same computer keeps its own. */
  constructor(rater) {
    this.rater = rater;
  }

  add(entry) {
    return store("readwrite", (answers) => answers.put({ ...entry, rater: this.rater, queuedAt: Date.now() }));
  }

  async waiting() {
    const entries = await store("readonly", (answers) => answers.getAll());
    return entries.filter((entry) => entry.rater === this.rater).sort((a, b) => a.queuedAt - b.queuedAt);
  }

  /* Send everything, oldest first; one tab at a time. Returns the last reply (null when nothing waited) and the
     refusals; throws Unreachable or SignedOut at the first entry that could not be delivered, keeping the rest. */
  drain() {
    return navigator.locks.request("labelhub-outbox", async () => {
      let reply = null;
      const refused = [];
      for (const entry of await this.waiting()) {
        try {
          reply = await post(entry.url, entry.fields);
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          refused.push(error);
        }
        await store("readwrite", (answers) => answers.delete(entry.key));
      }
      return { reply, refused };
    });
  }
}
