/* Same-origin requests with Django's CSRF token. */

const PATIENCE_MS = 20_000; /* a request without reply for so long has failed; what it carried is sent again */

/* The cookie changes at every sign-in, so it is read anew for each request; the meta element serves
   installations that hide the cookie from scripts. */
export function csrfToken() {
  const cookie = /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie);
  return cookie ? decodeURIComponent(cookie[1]) : (document.querySelector("meta[name=csrf-token]")?.content ?? "");
}

export class Unreachable extends Error {} /* no answer, or the server says "later": try again; `status` if it spoke */
export class SignedOut extends Error {} /* the session has ended, or is somebody else's (`other`): sign in, try again */
export class Refused extends Error {} /* a final no; `reply` is the server's {error, message} */

function send(url, fields, options) {
  return fetch(url, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { Accept: "application/json", "X-CSRFToken": csrfToken(), "X-Requested-With": "XMLHttpRequest" },
    redirect: "manual",
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...options,
  });
}

/* POST fields as a form and return the JSON reply (null for 204); throws one of the three errors above.
   With `keepalive` the request outlives the page. */
export async function post(url, fields, options = {}) {
  let response;
  try {
    response = await send(url, fields, options);
  } catch (cause) {
    throw new Unreachable("no connection", { cause });
  }
  const { status } = response;
  if (status >= 500 || status === 429) throw Object.assign(new Unreachable(`server answered ${status}`), { status });
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json") ?? false;
  /* 403 without JSON: the CSRF cookie went with the session. Another page, or the way to one, is not the server's: the
     network of a hotel or a train wants its own sign-in first. */
  if (status === 401 || (status === 403 && !isJson)) throw new SignedOut("the session has ended");
  if (status === 204) return null;
  if (!isJson) throw Object.assign(new Unreachable(`server answered ${status} without JSON`), { status });
  let reply;
  try {
    reply = await response.json();
  } catch (cause) {
    throw new Unreachable("the connection broke inside the reply", { cause });
  }
  if (reply.error === "other_person") throw Object.assign(new SignedOut("somebody else is signed in"), { other: true });
  if (!response.ok) throw Object.assign(new Refused(reply.message ?? reply.error), { reply });
  return reply;
}

/* Sign in without leaving the page. Returns what keeps it from being done: {} when signed in, {errors: [text]},
   or {further: url} where the account asks for another step. */
export async function signIn(url, login, password) {
  let response;
  try {
    response = await send(url, { login, password });
  } catch {
    return { errors: ["No connection to the server. Try again."] };
  }
  if (response.status === 429) return { errors: ["Too many tries. Wait a minute, then try again."] };
  const reply = await response.json().catch(() => null);
  if (response.ok && reply?.location) {
    const accounts = new URL("..", new URL(url, location.href)).pathname;
    return reply.location.startsWith(accounts) ? { further: reply.location } : {};
  }
  if (!reply?.form) return { further: url };
  return { errors: [...reply.form.errors, ...Object.values(reply.form.fields).flatMap(({ errors }) => errors)] };
}
