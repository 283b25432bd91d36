// Action units: the names of the facial action coding system.

const UNIT_NAMES = {
  "1": "inner brow raiser",
  "2": "outer brow raiser",
  "4": "brow lowerer",
  "5": "upper lid raiser",
  "6": "cheek raiser",
  "7": "lid tightener",
  "9": "nose wrinkler",
  "10": "upper lip raiser",
  "11": "nasolabial deepener",
  "12": "lip corner puller",
  "13": "sharp lip puller",
  "14": "dimpler",
  "15": "lip corner depressor",
  "16": "lower lip depressor",
  "17": "chin raiser",
  "18": "lip pucker",
  "19": "tongue show",
  "20": "lip stretcher",
  "21": "neck tightener",
  "22": "lip funneler",
  "23": "lip tightener",
  "24": "lip presser",
  "25": "lips part",
  "26": "jaw drop",
  "27": "mouth stretch",
  "28": "lip suck",
  "38": "nostril dilator",
  "39": "nostril compressor",
  "43": "eye closure",
  "45": "blink",
};

/** Such as "AU4 brow lowerer"; the number alone where the unit has no name here. */
export function unitTitle(number) {
  return `AU${number} ${UNIT_NAMES[number] ?? ""}`.trimEnd();
}
