/** Times as Kubernetes writes them. */

/** RFC 3339 in whole seconds, the form of metav1.Time, of milliseconds since 1970. */
export function timestamp(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}
