import type { Board } from '../../record/board.js';

/** `held`: the unit goes on in the lane's next slice. Else: how the board is told, in the write that takes the next unit. */
export type UnitEnd = 'held' | { readonly finish: (board: Board) => Board };
