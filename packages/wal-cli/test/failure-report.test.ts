import { WalError } from "@memwal/wal-runtime";
import { describe, expect, it } from "vitest";
import { CommandFailure, reportOf, UsageError } from "../src/command-failure.ts";
import { Interruption } from "../src/interruption.ts";

const running = new AbortController().signal;

describe("a failure's report", () => {
	it("has the code, exit code and remedy of a WalError", () => {
		const error = new WalError("WAL_FENCED", "fenced", { details: { epoch: 1n, fencedBy: 2n } });
		expect(reportOf(error, running)).toMatchObject({ code: "WAL_FENCED", exitCode: 4, message: "fenced" });
		expect(reportOf(error, running).nextStep).toContain("Let the other writer work");
	});

	it("prefers the next step that the command knows", () => {
		const error = new CommandFailure(new WalError("WAL_NOT_FOUND", "gone"), { nextStep: "look elsewhere" });
		expect(reportOf(error, running)).toMatchObject({ code: "WAL_NOT_FOUND", exitCode: 3, nextStep: "look elsewhere" });
	});

	it("exits with 2 for mistakes in arguments", () => {
		for (const error of [new TypeError("t"), new RangeError("r"), new UsageError("u", "n")]) {
			expect(reportOf(error, running)).toMatchObject({ code: "USAGE", exitCode: 2 });
		}
	});

	it("exits with 130 after Ctrl-C, 143 after SIGTERM, and calls neither an error of ours", () => {
		const aborted = new WalError("WAL_ABORTED", "aborted");
		const after = (name: "SIGINT" | "SIGTERM") => AbortSignal.abort(new Interruption(name));
		expect(reportOf(aborted, after("SIGINT"))).toMatchObject({ exitCode: 130, interrupted: true });
		expect(reportOf(aborted, after("SIGTERM"))).toMatchObject({ exitCode: 143, interrupted: true });
	});

	it("says of anything else that it was not expected", () => {
		expect(reportOf("thrown", running)).toMatchObject({ code: "UNEXPECTED", exitCode: 1, message: "thrown" });
	});
});
