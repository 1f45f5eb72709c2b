import { expect, test } from "vitest";
import { fillIn } from "./fill-in.ts";

test("names in capitals are filled in, Nginx's own variables stay", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a template
  const template = "listen ${NGINX_LISTEN};\nproxy_set_header Host $http_host;";
  expect(fillIn(template, { NGINX_LISTEN: "80" })).toBe(
    "listen 80;\nproxy_set_header Host $http_host;",
  );
});

test("a name without a value is an error, except in a comment", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a template
  expect(() => fillIn("listen ${NGINX_LISTEN};", {})).toThrow(/NGINX_LISTEN/);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a template
  expect(fillIn("  # listen ${NGINX_LISTEN};", {})).toBe("  # listen ${NGINX_LISTEN};");
});
