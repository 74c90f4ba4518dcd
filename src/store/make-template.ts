/** Run by the build: see template.ts. */
import { makeTemplate } from "./template.ts";

await makeTemplate();
