/** What a session of the random sequences holds besides its cookie. */
export type Data = Record<string, unknown>
