/** What every handler needs: the parts of one running API server. */
import type { Logger } from "pino";
import type { Admission } from "./admission/admission.ts";
import type { Authenticator } from "./auth/authenticate.ts";
import type { Authorizer } from "./auth/rbac.ts";
import type { Registry } from "./registry/registry.ts";
import type { Store } from "./storage/store.ts";
import type { ContinueTokens } from "./verbs/continue-tokens.ts";

export interface Platform {
  readonly store: Store;
  readonly registry: Registry;
  readonly admission: Admission;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly continueTokens: ContinueTokens;
  /** Folder of the running cluster: NODE/kubelet.sock and NODE/relay.sock lead to its nodes. Undefined: there is none. */
  readonly runDirectory: string | undefined;
  /** What this server shows to kubelets that it dials over TLS. */
  readonly kubeletTls: { readonly key: string; readonly cert: string };
  readonly log: Logger;
  readonly now: () => Date;
  /** Aborted when the server stops: ends watches and streams. */
  readonly stopping: AbortSignal;
}
