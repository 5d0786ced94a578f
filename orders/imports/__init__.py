"""Files of orders: uploaded, read line by line, and acknowledged (``docs/import.md``).

::

    desk ----- announces, shows and cancels imports; a presigned form uploads the file
    running -- what the state machine's functions do: prepare the file, import a batch, finish
    files ---- from bytes to records with the lines that they begin on
    lines ---- from a record to an order, or to the reason why not
    report --- the acknowledgement, line by line
"""
