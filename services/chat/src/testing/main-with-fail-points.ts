import { join } from "node:path";
import { installFailPoints } from "./fail-points.ts";

// The test build: the node as it is shipped, with methods replaced before it is put together.
const { FAIL_POINT_FOLDER, NODE_ID } = process.env;
if (!FAIL_POINT_FOLDER || !NODE_ID) throw new Error("FAIL_POINT_FOLDER and NODE_ID are needed");
installFailPoints(join(FAIL_POINT_FOLDER, NODE_ID));
await import("../main.ts");
