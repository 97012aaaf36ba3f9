import { changeSetting } from '../host/machine.ts';
import { boardsStore, COMMON_BOARDS, type Board } from '../state/boards.ts';

function setBoards(boards: readonly Board[]): void {
  boardsStore.setState({ boards });
  void changeSetting('boards', boards === COMMON_BOARDS ? null : boards);
}

/** Behind the others; one of the same name is replaced where it stands. */
export function addBoard(board: Board): void {
  const { boards } = boardsStore.getState();
  const known = boards.some(({ name }) => name === board.name);
  setBoards(known ? boards.map((other) => (other.name === board.name ? board : other)) : [...boards, board]);
}

export function removeBoard(name: string): void {
  setBoards(boardsStore.getState().boards.filter((board) => board.name !== name));
}

export function resetBoards(): void {
  setBoards(COMMON_BOARDS);
}
