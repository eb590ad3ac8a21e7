/**
 * A patch that cannot be read (400) or cannot be applied to this object (422, for a failed `test` too). Where kube-apiserver
 * answers 500 to a strategic merge patch that makes no sense, so do we.
 */
export class PatchError extends Error {
  readonly status: 400 | 422 | 500;

  constructor(status: 400 | 422 | 500, message: string) {
    super(message);
    this.name = "PatchError";
    this.status = status;
  }
}
