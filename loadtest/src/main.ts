process.stderr.write("pnpm loadtest: nothing to run yet\n");
process.exitCode = 2;
