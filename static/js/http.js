/* Same-origin requests with Django's CSRF token. */

/* The cookie changes at every sign-in, so it is read anew for each request; the meta element serves
   installations that hide the cookie from scripts. */
export function csrfToken() {
  const cookie = /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie);
  return cookie ? decodeURIComponent(cookie[1]) : (document.querySelector("meta[name=csrf-token]")?.content ?? "");
}

export class Unreachable extends Error {} /* no answer, or the server says "later": try again */
export class SignedOut extends Error {} /* the session has ended: sign in, then try again */
export class Refused extends Error {} /* a final no; `reply` is the server's {error, message} */

/* POST fields as a form and return the JSON reply; throws one of the three errors above. */
export async function post(url, fields) {
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { Accept: "application/json", "X-CSRFToken": csrfToken(), "X-Requested-With": "XMLHttpRequest" },
      redirect: "manual",
    });
  } catch (cause) {
    throw new Unreachable("no connection", { cause });
  }
  if (response.status >= 500 || response.status === 429) throw new Unreachable(`server answered ${response.status}`);
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json") ?? false;
  const isSignInPage = response.type === "opaqueredirect" || (!isJson && [200, 403].includes(response.status));
  if (isSignInPage || response.status === 401) throw new SignedOut("the session has ended");
  if (!isJson) throw new Unreachable(`server answered ${response.status} without JSON`);
  let reply;
  try {
    reply = await response.json();
  } catch (cause) {
    throw new Unreachable("the connection broke inside the reply", { cause });
  }
  if (!response.ok) throw Object.assign(new Refused(reply.message ?? reply.error), { reply });
  return reply;
}
