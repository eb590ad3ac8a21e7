/** What an image's name says about pulling it. */

/** The tag of an image name; `latest` when it names neither tag nor digest, undefined with a digest alone. */
export function imageTag(image: string): string | undefined {
  const at = image.indexOf("@");
  const name = at < 0 ? image : image.slice(0, at);
  const slash = name.lastIndexOf("/");
  const colon = name.indexOf(":", slash + 1);
  if (colon >= 0) return name.slice(colon + 1);
  return at < 0 ? "latest" : undefined;
}

export function defaultPullPolicy(image: string): "Always" | "IfNotPresent" {
  return imageTag(image) === "latest" ? "Always" : "IfNotPresent";
}
