/** Headers that keep a browser strict: nothing from elsewhere, nothing inline but the styles that carry this answer's nonce, no frames. */
import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";

/** The policy of the portal's page; `nonce` allows the style elements that its components insert. */
export function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

const everywhere = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
} as const;

/** Puts the headers on every answer; all but the portal's files are also kept out of caches. */
export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(everywhere);
    if (request.routeOptions.config.access !== "page") reply.header("cache-control", "no-store");
  });
}

/** The same headers for answers that are written without Fastify. */
export const rawHeaders: Readonly<Record<string, string>> = { ...everywhere, "cache-control": "no-store" };

export function newNonce(): string {
  return randomBytes(16).toString("base64");
}
