import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ERROR_GUIDE } from "@memwal/wal-runtime/error-guide";
import { renderErrorReference } from "./error-reference.ts";
import { ROOT } from "./workspace.ts";

writeFileSync(join(ROOT, "docs", "errors.md"), renderErrorReference(ERROR_GUIDE));
