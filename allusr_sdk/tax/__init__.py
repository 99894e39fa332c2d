"""A taxpayer's year, worked out from the journal (TX-3 to TX-8): lots, wash sales, straddles, forms. Not tax advice.

`parcels` walks through the journal once and cuts what was owned and written into parcels that each begin and end once.
`wash`, `straddles` and `index_options` then say what of each parcel's result counts, and when. `year` puts a year
together, `forms`, `tables` and `page` write it. Nothing here changes the books, which go on by first in, first out.
"""
