/**
 * Replaces every `${NAME}` of capital letters; what else begins with a dollar sign is Nginx's own.
 * Comments are left alone. Throws when the text names a value that is not given.
 */
export function fillIn(template: string, values: Readonly<Record<string, string>>): string {
  return template
    .split("\n")
    .map((line) => (line.trimStart().startsWith("#") ? line : fillInLine(line, values)))
    .join("\n");
}

function fillInLine(line: string, values: Readonly<Record<string, string>>): string {
  return line.replaceAll(/\$\{([A-Z_]+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the template names ${name}, which has no value`);
    return value;
  });
}
