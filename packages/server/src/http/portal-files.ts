/** Serves the portal's built files. Only files that a build made are served, by a list, so no path can lead elsewhere. */
import { createReadStream, readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ProblemError } from "./problem-error.ts";
import { newNonce, pagePolicy } from "./security-headers.ts";

const types: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

interface File {
  readonly path: string;
  readonly type: string;
  readonly bytes: number;
  /** The same, compressed when it was built. */
  readonly gzip?: { readonly path: string; readonly bytes: number };
}

/** Placeholder in index.html that each answer replaces by its own nonce. */
const NONCE = "__CSP_NONCE__";

interface Build {
  readonly files: ReadonlyMap<string, File>;
  readonly page: string;
  /** When index.html was written; a build writes it anew. */
  readonly writtenMs: number;
}

/** Adds the portal below `directory` to `app`; without it, a page that says how to build it. */
export function servePortal(app: FastifyInstance, directory: string): void {
  let build = readBuild(directory);
  app.get<{ Params: { "*": string } }>(
    "/*",
    { config: { access: "page" }, schema: { hide: true } },
    (request, reply) => {
      const path = `/${request.params["*"]}`;
      const file = build.files.get(path);
      if (file !== undefined && path !== "/index.html") return sendFile(path, file, request, reply);
      if (extname(path) !== "" && path.startsWith("/assets/"))
        throw new ProblemError("NotFound", `There is no file ${path}.`);
      if (build.writtenMs !== writtenMs(directory)) build = readBuild(directory);
      const nonce = newNonce();
      return reply
        .headers({ "content-security-policy": pagePolicy(nonce), "cache-control": "no-store" })
        .type("text/html; charset=utf-8")
        .send(build.page.replaceAll(NONCE, nonce));
    },
  );
  app.setNotFoundHandler((request) => {
    throw new ProblemError("MethodNotAllowed", `Pages are read with GET, not ${request.method}.`);
  });
}

function readBuild(directory: string): Build {
  const written = writtenMs(directory);
  const files = scan(directory);
  const index = files.get("/index.html");
  return { files, page: index === undefined ? notBuilt : readFileSync(index.path, "utf8"), writtenMs: written };
}

const writtenMs = (directory: string): number =>
  statSync(join(directory, "index.html"), { throwIfNoEntry: false })?.mtimeMs ?? 0;

function sendFile(path: string, file: File, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const compressed = String(request.headers["accept-encoding"] ?? "").includes("gzip") ? file.gzip : undefined;
  const { path: onDisk, bytes } = compressed ?? file;
  // Names below /assets/ carry a hash of their content.
  reply.header("cache-control", path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache");
  if (file.gzip !== undefined) reply.header("vary", "accept-encoding");
  if (compressed !== undefined) reply.header("content-encoding", "gzip");
  reply.type(file.type).header("content-length", bytes);
  return request.method === "HEAD" ? reply.send("") : reply.send(createReadStream(onDisk));
}

function scan(directory: string): Map<string, File> {
  const files = new Map<string, File>();
  for (const path of list(directory)) {
    const type = types[extname(path)];
    if (type === undefined) continue;
    const compressed = statSync(`${path}.gz`, { throwIfNoEntry: false });
    files.set(`/${relative(directory, path).split(sep).join("/")}`, {
      path,
      type,
      bytes: statSync(path).size,
      ...(compressed === undefined ? {} : { gzip: { path: `${path}.gz`, bytes: compressed.size } }),
    });
  }
  return files;
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Keelson</title>
<h1>The portal is not built</h1><p>The API works. Build the page with <code>npm run build -w packages/portal</code> and start the server again.</p></html>`;
