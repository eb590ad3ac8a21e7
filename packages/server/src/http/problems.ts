/** Turns every failure of a request into a problem: validation, Fastify's own refusals, Kubernetes' answers, bugs. */
import { ApiError, ConnectionError } from "@keelson/kube";
import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchemaValidationError,
} from "fastify";
import { ProblemError } from "./problem-error.ts";
import { rawHeaders } from "./security-headers.ts";

/** Installs the handler for errors: every one is answered as a problem. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => send(toProblemError(error), request, reply));
}

/** Answers what the router refuses before any hook has run. */
export function answerUnroutable(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  send(toProblemError(error), request, reply.headers(rawHeaders));
}

function send(error: ProblemError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = error.toProblem(String(request.id));
  if (problem.status >= 500) request.log.error({ err: error.cause ?? error }, "request failed");
  if (error.extras.retryAfterSeconds !== undefined) reply.header("retry-after", String(error.extras.retryAfterSeconds));
  if (problem.status === 401) reply.header("www-authenticate", 'Bearer realm="keelson"');
  return reply.code(problem.status).type("application/problem+json").send(problem);
}

function toProblemError(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof ApiError) return fromKubernetes(error);
  const fastify = error as FastifyError;
  const invalid = fastify.validation?.[0];
  if (invalid !== undefined) return fromValidation(invalid, fastify.validationContext ?? "body");
  if (fastify.code === "FST_ERR_BAD_URL") {
    return new ProblemError("InvalidRequest", "The path is not a valid URL.", {
      remedy: "Write a percent sign that stands for itself as %25.",
    });
  }
  if (fastify.statusCode === 413) return new ProblemError("TooLarge", "The body is larger than 64 KiB.");
  if (fastify.statusCode === 415) {
    return new ProblemError("UnsupportedType", "The body's content type is not JSON.", {
      field: "header Content-Type",
      remedy: "Send application/json.",
    });
  }
  if (fastify.statusCode === 400)
    return new ProblemError("InvalidRequest", fastify.message, { remedy: "Send valid JSON." });
  if (error instanceof ConnectionError) return unreachable(error);
  return new ProblemError(
    "Internal",
    "Something went wrong in the server; its log has the details under this request's instance.",
    { cause: error },
  );
}

interface VerboseError extends FastifySchemaValidationError {
  readonly data?: unknown;
  readonly parentSchema?: {
    readonly description?: string;
    readonly writeOnly?: boolean;
    readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
  };
}

function fromValidation(error: VerboseError, context: string): ProblemError {
  const missing = error.params["missingProperty"];
  const extra = error.params["additionalProperty"];
  const inside = typeof missing === "string" ? `/${missing}` : typeof extra === "string" ? `/${extra}` : "";
  const field = `${placeOf[context] ?? ""}${error.instancePath}${inside}` || "/";
  const sentence =
    typeof extra === "string"
      ? `There is no field ${field}.`
      : typeof missing === "string"
        ? `The field ${field} is missing.`
        : `The field ${field} ${error.message ?? "is not valid"}.`;
  const remedy = remedyOf(error);
  return new ProblemError(context === "body" && inside === "" ? "InvalidField" : "InvalidRequest", sentence, {
    field,
    ...(inside === "" && isShowable(error) ? { value: error.data } : {}),
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** Where a field that is not in the body is. */
const placeOf: Readonly<Record<string, string>> = { querystring: "query", params: "path", headers: "header" };

function remedyOf({ params, parentSchema = {}, keyword }: VerboseError): string | undefined {
  const { properties = {}, description } = parentSchema;
  const { missingProperty: missing, allowedValues: allowed, type } = params;
  if (keyword === "additionalProperties") return `Use ${Object.keys(properties).join(", ")} or leave it out.`;
  if (typeof missing === "string") return properties[missing]?.description ?? `Send ${missing} too.`;
  if (Array.isArray(allowed)) return `Use one of ${allowed.join(", ")}.`;
  return description ?? (keyword === "type" ? `Send a value of the type ${String(type)}.` : undefined);
}

/** Short plain values are sent back, secrets never. */
function isShowable({ data, parentSchema }: VerboseError): boolean {
  if (parentSchema?.writeOnly === true) return false;
  return (typeof data === "string" && data.length <= 100) || typeof data === "number" || typeof data === "boolean";
}

function fromKubernetes(error: ApiError): ProblemError {
  const cause = error.details?.causes?.[0];
  const extras = {
    cause: error,
    ...(cause?.field === undefined ? {} : { field: cause.field }),
    remedy: remedies[error.status] ?? waitOrLook,
  };
  if (error.status === 404) return new ProblemError("NotFound", error.message, { cause: error });
  if (error.status === 409)
    return new ProblemError(error.reason === "AlreadyExists" ? "AlreadyExists" : "Changed", error.message, extras);
  if (error.status === 422 || error.status === 400) return new ProblemError("InvalidField", error.message, extras);
  if (error.status === 403) return new ProblemError("NotAllowed", error.message, extras);
  if (error.status === 500) return new ProblemError("KubernetesFailed", error.message, extras);
  return new ProblemError("KubernetesUnavailable", error.message, { ...extras, retryAfterSeconds: 5 });
}

const waitOrLook = "Wait a moment and try again; `./keelson status` says what is down.";
const remedies: Record<number, string> = {
  400: "Correct the field and send it again.",
  403: "The server's Kubernetes account lacks this right, or a quota is used up: see deploy/roles/server.yaml.",
  409: "Read it again and repeat the change if it is still wanted.",
  422: "Correct the field and send it again.",
};

function unreachable(cause: unknown): ProblemError {
  return new ProblemError("KubernetesUnavailable", "The Kubernetes API does not answer.", {
    cause,
    remedy: waitOrLook,
    retryAfterSeconds: 5,
  });
}
