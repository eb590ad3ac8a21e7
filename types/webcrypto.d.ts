import type { webcrypto } from "node:crypto";

// @peculiar/x509 names the browser's types; Node has the same ones under another name.
declare global {
  interface CryptoKey extends webcrypto.CryptoKey {}
  interface CryptoKeyPair extends webcrypto.CryptoKeyPair {}
  interface Crypto extends webcrypto.Crypto {}
}
