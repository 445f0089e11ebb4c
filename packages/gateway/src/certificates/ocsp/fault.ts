/** Why a responder's word could not be had or not be believed; the message says what to do. */
export class OcspFault extends Error {
  override readonly name = "OcspFault";
}
