import XMLBuilder from 'fast-xml-builder';
import { XMLParser } from 'fast-xml-parser';

/** An element: its children, or its text. Order and repetition are kept. */
export type XmlNode = Readonly<Record<string, unknown>>;

const builder = new XMLBuilder({
  preserveOrder: true,
  suppressEmptyNode: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
});
const parser = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  isArray: (name) => name === 'SignedIdentifier',
});

/** `<name …>children or text</name>`; an empty one is `<name/>`. */
export function element(
  name: string,
  content: string | number | readonly XmlNode[] = [],
  attributes?: Readonly<Record<string, string>>,
): XmlNode {
  const isText = typeof content === 'string' || typeof content === 'number';
  const children = isText ? textNodes(String(content)) : content;
  return { [name]: children, ...(attributes === undefined ? {} : { ':@': attributes }) };
}

function textNodes(text: string): XmlNode[] {
  return text === '' ? [] : [{ '#text': text }];
}

/** The document with this root element. */
export function xmlDocument(root: XmlNode): Buffer {
  const declaration = { '?xml': textNodes(''), ':@': { version: '1.0', encoding: 'utf-8' } };
  return Buffer.from(builder.build([declaration, root]));
}

/** A document as objects; elements by name, texts as strings. What is no XML gives what nobody expects. */
export function parseXml(text: string): unknown {
  return parser.parse(text);
}
