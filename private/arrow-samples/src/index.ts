/**
 * Random Arrow batches of every type, and what a batch holds, exactly, as JSON.
 *
 * @module
 */
export { Dice } from "./dice.ts";
export { firstDifference } from "./first-difference.ts";
export { type Json, type NeutralEntry, neutralEntry } from "./neutral-form.ts";
export type { ReadBudget } from "./neutral-value.ts";
export { type RandomEntry, type RandomEntryOptions, randomEntry } from "./random-entry.ts";
export { type Kind, LEAF_KINDS, NESTED_KINDS } from "./random-type.ts";
