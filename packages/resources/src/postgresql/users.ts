/** Users and their databases. */
import type { Static } from "typebox";
import { boolean, field, object, oneOf, required, setList, string } from "../schema/builders.ts";

/** Names that PostgreSQL takes for a database. */
export const databaseNames = () => setList(string({ minLength: 1, maxLength: 63 }));

export const user = object({
  databases: field(
    databaseNames(),
    "Databases that are created when missing and granted to the user. The first one is in the connection strings.",
  ),
  grantPublicSchemaAccess: field(
    boolean(),
    "Whether the user has all rights on the schema public of its databases. Needs PostgreSQL 15 or newer.",
  ),
  name: required(
    string({ minLength: 1, maxLength: 63, pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" }),
    "Name of the role. postgres gives the superuser a password.",
  ),
  options: field(
    string({ maxLength: 200, pattern: "^[^;]*$" }),
    "Options of ALTER ROLE, such as CREATEDB. PASSWORD is not accepted here.",
  ),
  password: field(
    object({
      type: required(
        oneOf(["ASCII", "AlphaNumeric"], { default: "ASCII" }),
        "Alphabet of generated passwords: with punctuation, or letters and digits only.",
      ),
    }),
    "How the password is generated.",
  ),
  secretName: field(
    string({ minLength: 1, maxLength: 63 }),
    "Name of the Secret with the credentials; CLUSTER-pguser-NAME when left out.",
  ),
});
export interface User extends Static<typeof user> {}
