import { formatCheck } from "../../crd/formats.ts";
import { fn, method, type Overload } from "../overload.ts";
import { listOf, opaque, optionalOf, string } from "../type.ts";
import { ArrayList, Opaque, Optional } from "../value.ts";

const formatType = opaque("kubernetes.NamedFormat");

interface Rule {
  readonly most: number;
  readonly pattern: RegExp;
  readonly message: string;
}

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\.${label})*`;
const qualified = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

const rules: Readonly<Record<string, Rule>> = {
  dns1123Label: {
    most: 63,
    pattern: new RegExp(`^${label}$`),
    message:
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  },
  dns1123Subdomain: {
    most: 253,
    pattern: new RegExp(`^${subdomain}$`),
    message:
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  },
  dns1035Label: {
    most: 63,
    pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    message:
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  },
  qualifiedName: {
    most: 317,
    pattern: new RegExp(`^(${subdomain}/)?${qualified}$`),
    message:
      "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  },
  labelValue: {
    most: 63,
    pattern: new RegExp(`^(${qualified})?$`),
    message:
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  },
};
for (const [name, base] of [
  ["dns1123LabelPrefix", "dns1123Label"],
  ["dns1123SubdomainPrefix", "dns1123Subdomain"],
  ["dns1035LabelPrefix", "dns1035Label"],
] as const) {
  const rule = rules[base];
  if (rule !== undefined) Object.assign(rules, { [name]: rule });
}

/** Formats that CRD schemas have too. */
const schemaFormats: Readonly<Record<string, string>> = {
  uri: "uri",
  uuid: "uuid",
  byte: "byte",
  date: "date",
  datetime: "datetime",
};

/** What is wrong with the text. */
function problems(name: string, text: string): readonly string[] {
  const rule = rules[name];
  if (rule === undefined)
    return formatCheck(schemaFormats[name] ?? "")?.(text) === false ? [`must be a valid ${name}`] : [];
  const tested = name.endsWith("Prefix") ? text.replace(/-$/, "a") : text;
  const tooLong = text.length > rule.most ? [`must be no more than ${rule.most} characters`] : [];
  return rule.pattern.test(tested) ? tooLong : [...tooLong, rule.message];
}

const wrap = (name: string): Opaque => new Opaque("kubernetes.NamedFormat", name, name);
const names = [...Object.keys(rules), ...Object.keys(schemaFormats)];

export const formats: readonly Overload[] = [
  ...names.map((name) => fn(`format.${name}`, [], formatType, () => wrap(name))),
  fn("format.named", [string], optionalOf(formatType), (name: string) =>
    names.includes(name) ? new Optional(wrap(name)) : Optional.none,
  ),
  method("validate", [formatType, string], optionalOf(listOf(string)), ({ key }: Opaque, text: string) => {
    const found = problems(key, text);
    return found.length === 0 ? Optional.none : new Optional(new ArrayList([...found]));
  }),
];
