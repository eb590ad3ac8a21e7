/** The cookie of a session. Cookies know no ports and are shared below a domain: where it can, the browser is told to be stricter. */
import type { FastifyReply, FastifyRequest } from "fastify";

/** Over http, which browsers allow on a loopback address. */
export const PLAIN_COOKIE = "keelson_session";
/** Over https: a browser takes this name only from this very host, encrypted, for all paths. */
export const HOST_COOKIE = "__Host-keelson_session";

const attributes = { path: "/", httpOnly: true, sameSite: "strict" } as const;

/** The token that the browser sent; the cookie that no other host can have set goes first. */
export function readSessionCookie(request: FastifyRequest): string | undefined {
  return request.cookies[HOST_COOKIE] ?? request.cookies[PLAIN_COOKIE];
}

/** Hands the browser its token. */
export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, token: string): void {
  const secure = isEncrypted(request);
  reply.setCookie(secure ? HOST_COOKIE : PLAIN_COOKIE, token, { ...attributes, secure });
}

/** Makes the browser forget it, whichever way it came. */
export function clearSessionCookie(reply: FastifyReply): void {
  reply.clearCookie(PLAIN_COOKIE, attributes).clearCookie(HOST_COOKIE, { ...attributes, secure: true });
}

/** The way from the browser may be encrypted although the last step, from a proxy to this server, is not: the browser says so. */
function isEncrypted(request: FastifyRequest): boolean {
  return request.protocol === "https" || request.headers.origin?.startsWith("https://") === true;
}
