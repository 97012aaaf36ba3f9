export { runCases } from './results.ts';
export { writeTables } from './tables.ts';
