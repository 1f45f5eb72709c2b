// What pnpm 12.21 wrote, standard output and standard error together.

export const CLEAN = `{
  "advisories": {},
  "metadata": {
    "vulnerabilities": { "info": 0, "low": 0, "moderate": 0, "high": 0, "critical": 0 },
    "dependencies": 165,
    "devDependencies": 230,
    "optionalDependencies": 183,
    "totalDependencies": 471
  }
}
`;

export const VULNERABLE = `{
  "advisories": {
    "1097496": {
      "findings": [
        {
          "version": "8.11.0",
          "paths": ["services__chat>socket.io>engine.io>ws", "services__chat>ws"],
          "dev": false,
          "optional": false,
          "bundled": false
        }
      ],
      "id": 1097496,
      "title": "ws affected by a DoS",
      "module_name": "ws",
      "vulnerable_versions": ">=8.0.0 <8.17.1",
      "patched_versions": ">=8.17.1",
      "severity": "high",
      "cwe": "CWE-476",
      "github_advisory_id": "GHSA-3h5v-q93c-6h6q",
      "url": "https://github.com/advisories/GHSA-3h5v-q93c-6h6q"
    },
    "1093844": {
      "findings": [{ "version": "3.22.0", "paths": ["services__auth>zod"], "dev": false }],
      "id": 1093844,
      "title": "Zod denial of service",
      "module_name": "zod",
      "vulnerable_versions": "<=3.22.2",
      "patched_versions": null,
      "severity": "low",
      "cwe": "",
      "github_advisory_id": "GHSA-m95q-7qp3-xv42",
      "url": "https://github.com/advisories/GHSA-m95q-7qp3-xv42"
    }
  },
  "metadata": {
    "vulnerabilities": { "info": 0, "low": 1, "moderate": 0, "high": 1, "critical": 0 },
    "totalDependencies": 471
  }
}
`;

export const REFUSED = `Error: ERR_PNPM_AUDIT_BAD_RESPONSE

  × The audit endpoint (at https://registry.npmjs.org/-/npm/v1/security/
  │ advisories/bulk) responded with 405:

`;

export const UNREACHABLE = `Error: ERR_PNPM_AUDIT_BAD_RESPONSE

  × Failed to request the audit endpoint (at https://registry.npmjs.org/-/npm/v1/
  │ security/advisories/bulk): error sending request for url
  │ (https://registry.npmjs.org/-/npm/v1/security/advisories/bulk)
  ├─▶ client error (Connect)
  ╰─▶ dns error
`;
