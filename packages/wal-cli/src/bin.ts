#!/usr/bin/env node
import { invokedAs } from "./command-name.ts";
import { interruptSignal } from "./interruption.ts";
import { runCommandLine } from "./program.ts";
import { createSession } from "./session.ts";

const session = createSession(process, { signal: interruptSignal(), commandName: invokedAs(process) });
process.exitCode = await runCommandLine(process.argv.slice(2), session);
// A pipe that stays open would keep the process, and with it the shell, waiting.
process.stdin.destroy();
