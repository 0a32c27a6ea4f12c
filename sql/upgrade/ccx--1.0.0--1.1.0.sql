\echo Use "ALTER EXTENSION ccx UPDATE TO '1.1.0'" to load this file. \quit
