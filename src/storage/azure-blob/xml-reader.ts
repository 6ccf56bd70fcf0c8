import sax from 'sax';

/** An element at its end. */
export interface XmlElement {
  readonly name: string;
  /** Name of the element around it; empty for the outermost. */
  readonly parent: string;
  /** For an element without children: its text, entities resolved, nothing trimmed. */
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Open {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Reads XML as it arrives, in whatever pieces, and keeps none of it: `onElement` is told of each element at its end. */
export class XmlReader {
  readonly #parser = sax.parser(true, { position: false });
  readonly #open: Open[] = [];
  #text = '';

  constructor(onElement: (element: XmlElement) => void) {
    const addText = (text: string): void => {
      this.#text += text;
    };
    this.#parser.ontext = addText;
    this.#parser.oncdata = addText;
    this.#parser.onopentag = ({ name, attributes }) => {
      this.#open.push({ name, attributes });
      this.#text = '';
    };
    this.#parser.onclosetag = (name) => {
      const attributes = this.#open.pop()?.attributes ?? {};
      onElement({ name, parent: this.#open.at(-1)?.name ?? '', text: this.#text, attributes });
      this.#text = '';
    };
  }

  /** Throws when it is not well formed so far. */
  write(text: string): void {
    this.#parser.write(text);
  }

  /** Throws when it ends in the middle. */
  end(): void {
    this.#parser.close();
  }
}
