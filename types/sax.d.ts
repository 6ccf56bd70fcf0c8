/** The part of `sax` 1.x that is used here; the package brings no types. */
declare module 'sax' {
  interface Parser {
    onopentag: (tag: {
      readonly name: string;
      readonly attributes: Readonly<Record<string, string>>;
    }) => void;
    onclosetag: (name: string) => void;
    ontext: (text: string) => void;
    oncdata: (text: string) => void;
    /** Throws what is not well formed. */
    write(text: string): Parser;
    /** Throws when something is still open. */
    close(): Parser;
  }

  const sax: {
    /** Strict: what is not well formed is an error. */
    parser(strict: true, options?: { readonly position?: boolean }): Parser;
  };
  export = sax;
}
