import { isNode, locate, type SourceFile, type SyntaxNode, walk } from "./source-file.ts";
import type { Violation } from "./violation.ts";

const TEST_FUNCTIONS = ["it", "test", "describe", "suite"];
const EVASIONS = ["skip", "skipIf", "runIf", "only", "todo"];

/** Tests that would not run: a fault is injected, a server is started, but nothing is skipped. */
export function checkNothingIsSkipped(file: SourceFile): Violation[] {
	const found: Violation[] = [];
	walk(file.program, (node) => {
		if (node.type === "MemberExpression" && isNode(node.property) && isTestFunction(node.object)) {
			const member = String(node.property.name ?? node.property.value);
			if (EVASIONS.includes(member))
				found.push({ where: locate(file, node), problem: `a test is left out: .${member}` });
		}
		return undefined;
	});
	return found;
}

/** `it`, or something that hangs on it, as in `it.concurrent`. */
function isTestFunction(value: unknown): value is SyntaxNode {
	if (!isNode(value)) return false;
	if (value.type === "MemberExpression") return isTestFunction(value.object);
	return value.type === "Identifier" && TEST_FUNCTIONS.includes(String(value.name));
}
