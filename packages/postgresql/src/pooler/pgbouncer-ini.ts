/** pgbouncer.ini: all users of the database may come in, their passwords are looked up in the database itself. */
import type { PgCluster } from "../cluster/model.ts";
import { primaryService } from "../cluster/names.ts";
import { POOLER_USER } from "../ha/dynamic-config.ts";

export const POOLER_ADMIN = "_crunchypgbounceradmin";
/** Mount points inside the pooler's pod. */
export const CONFIG = "/etc/pgbouncer";
const OWN = `${CONFIG}/~postgres-operator`;

/** Settings that an operator's own working depends on; the user's value is not looked at. */
const FIXED = new Set(["conffile"]);

/** The file, or undefined without a pooler. */
export function poolerIni(c: PgCluster): string | undefined {
  const pooler = c.pooler;
  if (pooler === undefined) return undefined;
  const settings: Record<string, string> = {
    auth_type: "scram-sha-256",
    auth_file: `${OWN}/users.txt`,
    auth_query: "SELECT username, password FROM pgbouncer.get_auth($1)",
    auth_user: POOLER_USER,
    client_tls_sslmode: "require",
    client_tls_cert_file: `${OWN}/frontend-tls.crt`,
    client_tls_key_file: `${OWN}/frontend-tls.key`,
    client_tls_ca_file: `${OWN}/frontend-ca.crt`,
    server_tls_sslmode: "verify-full",
    server_tls_ca_file: `${OWN}/backend-ca.crt`,
    ignore_startup_parameters: "extra_float_digits",
    listen_addr: "*",
    listen_port: String(pooler.port),
    unix_socket_dir: "",
    // After a failover the next try comes at once, not after PgBouncer's usual 15 s.
    server_login_retry: "1",
    dns_max_ttl: "5",
    ...Object.fromEntries(Object.entries(pooler.global).filter(([key]) => !FIXED.has(key))),
  };
  const admins = new Set((settings["admin_users"] ?? "").split(",").map((name) => name.trim()));
  admins.delete("");
  settings["admin_users"] = [...admins.add(POOLER_ADMIN)].join(",");
  const databases = Object.entries(pooler.databases);
  const sections: [string, [string, string][]][] = [
    ["pgbouncer", Object.entries(settings)],
    ["databases", databases.length > 0 ? databases : [["*", `host=${primaryService(c)} port=${c.port}`]]],
  ];
  const users = Object.entries(pooler.users);
  if (users.length > 0) sections.push(["users", users]);
  const text = sections.map(([name, lines]) => [`[${name}]`, ...lines.map(([k, v]) => `${k} = ${v}`)].join("\n"));
  return `; Written by Keelson; changes are overwritten. Use spec.proxy.pgBouncer.config.\n\n${text.join("\n\n")}\n`;
}
