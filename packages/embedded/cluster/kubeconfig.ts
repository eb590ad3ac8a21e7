/** A kubeconfig with one cluster, one user and one context, all data inside it. `ca`, `certificate` and `key` are PEM. */
export function kubeconfig(options: {
  readonly server: string;
  readonly ca: string;
  readonly user: string;
  readonly certificate: string;
  readonly key: string;
}): string {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return `apiVersion: v1
kind: Config
current-context: keelson
clusters:
- name: keelson
  cluster:
    server: ${options.server}
    certificate-authority-data: ${base64(options.ca)}
contexts:
- name: keelson
  context:
    cluster: keelson
    user: ${options.user}
users:
- name: ${options.user}
  user:
    client-certificate-data: ${base64(options.certificate)}
    client-key-data: ${base64(options.key)}
`;
}
