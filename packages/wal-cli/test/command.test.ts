import { beforeAll, describe } from "vitest";
import { appendCases } from "./command/append-cases.ts";
import { buildCommand } from "./command/built-command.ts";
import { demoCases } from "./command/demo-cases.ts";
import { generalCases } from "./command/general-cases.ts";
import { inspectCases } from "./command/inspect-cases.ts";
import { tailCases } from "./command/tail-cases.ts";

// One file, so that the command is built once, before any of it runs.
beforeAll(buildCommand, 120_000);

describe("memwal", generalCases);
describe("memwal append", appendCases);
describe("memwal tail", tailCases);
describe("memwal inspect", inspectCases);
describe("memwal demo", demoCases);
