import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { output, run } from "./run-program.ts";

const PYARROW = "26.0.1";
const LEAST_PYTHON = 10;

/** In the clone's own `.cache`, which Git ignores; the same from `src` and from `dist`. */
const FOLDER = fileURLToPath(new URL(`../../../.cache/pyarrow-${PYARROW}/`, import.meta.url));
const PYTHON = join(FOLDER, "bin", "python");

/**
 * The Python of an environment of its own, with pyarrow in the one version that results are compared with; made from
 * PyPI when it is not there yet.
 *
 * @throws Error that says what is missing on this machine.
 */
export function pythonWithPyarrow(): string {
	const stamp = join(FOLDER, "complete");
	if (existsSync(stamp)) return PYTHON;
	const python = findPython();
	rmSync(FOLDER, { recursive: true, force: true });
	mkdirSync(dirname(FOLDER), { recursive: true });
	console.log(`Setting up pyarrow ${PYARROW} in ${FOLDER} (once)`);
	run(python, ["-m", "venv", FOLDER], "Python's module venv is missing; on Debian: apt-get install python3-venv");
	const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"];
	run(PYTHON, [...install, `pyarrow==${PYARROW}`], `pyarrow ${PYARROW} could not be installed from PyPI`);
	writeFileSync(stamp, "");
	return PYTHON;
}

function findPython(): string {
	for (const program of ["python3", "python"]) {
		const version = /^Python 3\.(\d+)/.exec(output(program, ["--version"]) ?? "");
		if (Number(version?.[1] ?? 0) >= LEAST_PYTHON) return program;
	}
	throw new Error(
		`There is no Python 3.${LEAST_PYTHON} or later in PATH, which pyarrow ${PYARROW} needs. ` +
			"On Debian: apt-get install python3 python3-venv",
	);
}
