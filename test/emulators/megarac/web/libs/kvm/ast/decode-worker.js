// Decodes the picture away from the page that shows it.
import { decodePacket } from "/shared/picture.js";

self.onmessage = ({ data }) => postMessage(decodePacket(data));
