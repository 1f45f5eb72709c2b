import { expect, it } from "vitest";
import { toSigningKey } from "./signing-key.ts";

it("a key is named by its RFC 7638 thumbprint (the example of RFC 8037)", async () => {
  const key = await toSigningKey({
    kty: "OKP",
    crv: "Ed25519",
    d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  });
  expect(key.kid).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  expect(key.publicJwk).not.toHaveProperty("d");
});
