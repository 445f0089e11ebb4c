/** iLO 4 (Gen8 and Gen9), 5 (Gen10) or 6 (Gen11). */
export type Generation = 4 | 5 | 6;
