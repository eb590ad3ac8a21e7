/** What answers of the API server mean to controllers. */
import { ApiError } from "@keelson/kube";

/** The name is taken. */
export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.reason === "AlreadyExists";
}

/** Nothing can be created any more, because the namespace is being deleted. */
export function isNamespaceTerminating(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403 && /because it is being terminated/.test(error.message);
}

/** The server does not serve this. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 404 || error.status === 405);
}

/** The error in words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
