// The health check of a service's container: whether its process answers at all.
const answer = await fetch(`http://127.0.0.1:${process.env.PORT}/livez`).catch(() => undefined);
process.exit(answer?.ok ? 0 : 1);
