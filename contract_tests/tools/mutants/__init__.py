"""The mutation table: what the tests are worth, measured.

`python -m contract_tests.tools.mutants` plants the defects of `defects/`, one at a time, into a copy of the installed
package and runs the tests that guard the area. A defect is caught when a test fails that passes without it. One that
survives is a hole in the tests; one whose text is not found any more is stale. Either fails the command.

    defects     what is planted, and where: a module for each area
    planting    a copy of the package, with a defect or without
    running     pytest over such a copy
    table       the outcome, as Markdown
"""
