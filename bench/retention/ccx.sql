SELECT nrr(opening, closing), grr(opening, closing), logo_retention(opening, closing) FROM pairs
