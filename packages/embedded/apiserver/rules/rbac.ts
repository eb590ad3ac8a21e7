/** Roles and bindings. Who may hand out which rights is judged by admission. */
import { defaultBinding } from "../defaults/others.ts";
import type { Rules } from "../registry/resource.ts";
import { pathSegmentProblem } from "../validation/names.ts";
import { bindingProblems, bindingUpdateProblems, clusterRoleProblems, roleProblems } from "../validation/rbac.ts";

const named = { nameProblem: pathSegmentProblem, allowCreateOnUpdate: true };

export const bindingRules: Rules = {
  ...named,
  defaults: defaultBinding,
  validate: bindingProblems,
  validateUpdate: bindingUpdateProblems,
};

export const roleRules: Rules = { ...named, validate: roleProblems };
export const clusterRoleRules: Rules = { ...named, validate: clusterRoleProblems };
